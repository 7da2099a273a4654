"""A tiny OpenID Connect provider on loopback: discovery, keys, authorisation code, token and user info, signed with RS256."""

import base64
import json
import secrets
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa


def _number(value: int) -> str:
    return base64.urlsafe_b64encode(value.to_bytes((value.bit_length() + 7) // 8, "big")).rstrip(b"=").decode()


class Provider:
    """Signs in whoever ``person`` says; ``with Provider() as provider`` listens until the block ends."""

    client_id, client_secret = "suite", "a-secret-of-the-test"

    def __init__(self):
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.signing_key = self.key
        self.person = {"sub": "42", "email": "mei@example.com", "email_verified": True, "name": "Mei"}
        self.codes = {}
        self.asked = []

    def __enter__(self):
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *args):
                """Quiet."""

            def do_GET(self):
                provider.answer(self, parse_qs(urlsplit(self.path).query))

            def do_POST(self):
                provider.answer(self, parse_qs(self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()))

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *error):
        self.server.shutdown()
        self.server.server_close()

    def answer(self, handler, values):
        path = urlsplit(handler.path).path
        self.asked.append(path)
        if path == "/authorize":
            code = secrets.token_urlsafe(16)
            self.codes[code] = {name: found[0] for name, found in values.items()}
            target = values["redirect_uri"][0]
            handler.send_response(302)
            handler.send_header("Location", f"{target}?{urlencode({'code': code, 'state': values['state'][0]})}")
            handler.end_headers()
            return
        body = json.dumps(getattr(self, f"_{path.strip('/').replace('.well-known/', '').replace('-', '_')}")(values)).encode()
        handler.send_response(200)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    def _openid_configuration(self, values):
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "userinfo_endpoint": f"{self.url}/userinfo",
            "jwks_uri": f"{self.url}/jwks",
            "id_token_signing_alg_values_supported": ["RS256"],
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
        }

    def _jwks(self, values):
        numbers = self.key.public_key().public_numbers()
        return {"keys": [{"kty": "RSA", "use": "sig", "alg": "RS256", "kid": "1", "n": _number(numbers.n), "e": _number(numbers.e)}]}

    def _token(self, values):
        asked = self.codes.pop(values["code"][0])
        now = int(time.time())
        claims = {"iss": self.url, "aud": self.client_id, "iat": now, "exp": now + 300, "nonce": asked.get("nonce", ""), **self.person}
        return {"access_token": "opaque", "token_type": "Bearer", "expires_in": 300, "id_token": jwt.encode(claims, self.signing_key, "RS256", {"kid": "1"})}

    def _userinfo(self, values):
        return self.person
