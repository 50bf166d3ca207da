// Observable objects. Changes are collected and shown once a frame, so a burst of tokens costs one update.

const changed = new Set();
let scheduled = false;

function flush() {
  scheduled = false;
  const models = [...changed];
  changed.clear();
  for (const model of models) model.notify();
}

/** An object that views subscribe to. */
export class Model {
  #listeners = new Set();
  version = 0;

  /** Call `listener` after each change; return a function that ends the subscription. */
  subscribe(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Schedule a notification in the next frame. */
  touch() {
    this.version += 1;
    changed.add(this);
    if (!scheduled) {
      scheduled = true;
      requestAnimationFrame(flush);
    }
  }

  /** Notify the listeners now. */
  notify() {
    for (const listener of [...this.#listeners]) listener();
  }
}
