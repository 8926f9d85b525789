"""Vietnamese working calendar, time limits, posting periods, and the ticker."""
