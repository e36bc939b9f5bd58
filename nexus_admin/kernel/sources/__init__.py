"""The data sources put together: connected at the start and from the browser, followed, their rows read again."""
