"""`JsonOutputParser`: LangChain's parser, reading what is new."""
