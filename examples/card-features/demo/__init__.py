"""The demo: one simulated evening of card payments through the deployed example, with every figure recomputed."""
