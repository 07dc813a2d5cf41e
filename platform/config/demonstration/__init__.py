"""The demonstration: three living hospitals for a person who has just typed ``make run``. Never in production."""
