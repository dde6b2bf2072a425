"""The flows that the tests run, as a user would write them."""
