"""Collections from other formats: OpenAPI, WSDL, Postman, Insomnia, and requests from curl commands."""
