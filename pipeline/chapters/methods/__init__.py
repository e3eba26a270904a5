"""How far the numbers agree with others’, and how fast the engine is."""
