"""What the dashboard costs beside a DataTable that shows the same changes."""
