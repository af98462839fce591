"""Surface: the Flask application."""
