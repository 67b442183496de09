"""What the platform must answer, worked out a second time in plain Python from the bronze lines and the spec alone.

Nothing here is shared with the Spark jobs: no numpy, no Arrow, no import from them. Windows are cut by bisection and
summed by adding up; money is an integer of minor units; a quotient is one division of whole numbers.
"""
