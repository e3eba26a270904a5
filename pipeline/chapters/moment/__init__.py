"""The moment of DeepSeek-R1 and the year after it."""
