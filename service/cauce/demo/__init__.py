"""The synthetic nation that `cauce-service demo` is filled with: nobody in it exists."""
