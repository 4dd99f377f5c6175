"""Language models behind addresses that speak OpenAI's chat completions."""
