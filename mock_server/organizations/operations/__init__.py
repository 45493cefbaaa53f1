"""The operations of organizations, one module per group; each is named by its operationId."""
