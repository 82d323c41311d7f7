"""What days say: counted day by day, put beside each other, and how surely the current ones differ from ordinary ones."""
