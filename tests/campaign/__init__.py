"""Generated inputs, lines, models, interrupts and names: does anything of the user's break, move or leak?"""
