"""Stories of the API, one folder or file per area, readable as documentation."""
