"""Services that scripts call outside their isolate: files, modules, cryptography, environment …"""
