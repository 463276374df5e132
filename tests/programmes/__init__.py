"""What every programme decides, from the worked cases of the domain reference."""
