"""The auth modes, each an httpx.Auth."""
