"""Services that scripts call outside of their isolate: files, modules, cryptography, environment …"""
