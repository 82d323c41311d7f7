"""Pictures of features that moved, as SVG and PNG."""
