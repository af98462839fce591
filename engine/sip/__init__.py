"""SIP without input or output (RFC 3261): messages, transactions, dialogs, user agent."""
