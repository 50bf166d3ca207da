// Runs before the first paint, so that a stored theme does not flash. app.js changes the theme later.
(() => {
  let theme = null;
  try {
    theme = localStorage.getItem("headrace:theme");
  } catch {
    // Storage is blocked: follow the system.
  }
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
})();
