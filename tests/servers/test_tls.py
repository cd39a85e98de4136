import pytest

from bruscript.http import OutgoingRequest, RequestError

pytestmark = pytest.mark.servers
SESAME = "open sesame"


def get(url, **options):
    return OutgoingRequest("GET", url, **options)


async def failure(client, url):
    with pytest.raises(RequestError) as error:
        await client.send(get(url))
    return error.value


async def test_the_system_s_store_does_not_know_our_authority(nginx, make_client):
    error = await failure(make_client(), nginx.tls + "/echo")
    assert error.code == "UNABLE_TO_VERIFY_LEAF_SIGNATURE" or error.code.startswith("UNABLE_TO_GET_ISSUER")
    assert "certificate of localhost is not trusted" in error.message
    assert "CN=site, issued by CN=Test CA" in error.message
    assert 'cacert="FILE"' in error.hint


@pytest.mark.parametrize("alone", [False, True])
async def test_an_authority_of_the_user_s_is_trusted(nginx, authority, make_client, alone):
    client = make_client(cacert=authority.path, ignore_truststore=alone)
    got = await client.send(get(nginx.tls + "/echo"))
    assert got.text == "HTTP/1.1|localhost|||/echo"
    tls = next(entry for entry in got.timeline if entry["event"] == "tls")
    assert tls["protocol"].startswith("TLSv1")


async def test_a_variable_of_node_s_adds_authorities(nginx, authority, make_client, monkeypatch):
    monkeypatch.setenv("NODE_EXTRA_CA_CERTS", str(authority.path))
    assert (await make_client().send(get(nginx.tls + "/echo"))).status == 200


async def test_insecure_accepts_anything(nginx, make_client):
    client = make_client(verify=False)
    for url in (nginx.tls, nginx.expired, nginx.wrong):
        assert (await client.send(get(url + "/echo"))).status == 200


@pytest.mark.parametrize(
    ("server", "code", "words"),
    [
        ("expired", "CERT_HAS_EXPIRED", ["has expired", "valid until"]),
        ("wrong", "ERR_TLS_CERT_ALTNAME_INVALID", ["localhost", "mismatch", "CN=wrong"]),
    ],
)
async def test_a_bad_certificate_is_named(nginx, authority, make_client, server, code, words):
    error = await failure(make_client(cacert=authority.path), getattr(nginx, server))
    assert error.code == code
    assert all(word in error.message for word in words)


async def test_a_file_without_certificates_is_told(nginx, make_client, tmp_path):
    (tmp_path / "ca.pem").write_text("nothing")
    error = await failure(make_client(cacert=tmp_path / "ca.pem"), nginx.tls)
    assert "ca.pem" in error.message
    assert "no PEM certificate" in error.message


async def test_the_host_header_is_the_server_name(nginx, authority, make_client):
    client = make_client(cacert=authority.path)
    got = await client.send(get(nginx.tls + "/echo", headers=[("Host", "named.test")]))
    assert got.text.split("|")[1] == "named.test"


async def test_http2_is_spoken_when_asked_for(nginx, authority, make_client):
    client = make_client(cacert=authority.path, http2=True)
    headers = [("X-Own", "value"), ("Connection", "close")]
    got = await client.send(get(nginx.tls + "/echo?a=%2f", headers=headers))
    assert got.http_version == "HTTP/2"
    assert got.text == "HTTP/2.0|localhost||value|/echo?a=%2f"
    assert (await client.send(get(nginx.tls + "/teapot"))).status_text == "I'm a Teapot"
    assert (await client.send(get(nginx.tls + "/big.bin"))).size == 256 * 40960
    moved = await client.send(OutgoingRequest("POST", nginx.tls + "/moved", body=b"x" * 10_000))
    uploaded = await client.send(OutgoingRequest("POST", nginx.tls + "/upload", body=b"x" * 1_000_000))
    assert uploaded.status == 200
    assert moved.url == nginx.tls + "/echo?moved"


@pytest.fixture
def certificates(authority):
    plain = authority.issue("plain")
    locked = authority.issue("locked", password=SESAME.encode())
    return plain, locked


def pem(files, domain="localhost", **more):
    return {
        "domain": domain,
        "type": "cert",
        "certFilePath": str(files.cert),
        "keyFilePath": str(files.key),
        **more,
    }


def pfx(files, domain="localhost", **more):
    return {"domain": domain, "type": "pfx", "pfxFilePath": str(files.pfx), **more}


@pytest.mark.parametrize(
    ("choose", "subject"),
    [
        (lambda plain, locked: [pem(plain)], "CN=plain"),
        (lambda plain, locked: [pem(locked, passphrase=SESAME)], "CN=locked"),
        (lambda plain, locked: [pfx(plain)], "CN=plain"),
        (lambda plain, locked: [pfx(locked, passphrase=SESAME)], "CN=locked"),
        (
            lambda plain, locked: [pem(plain, "*.test"), pem(locked, "local*", passphrase=SESAME)],
            "CN=locked",
        ),
        (lambda plain, locked: [pem(plain, disabled=True), pfx(plain, "*")], "CN=plain"),
    ],
)
async def test_a_client_certificate_is_shown(nginx, authority, make_client, certificates, choose, subject):
    client = make_client(cacert=authority.path, client_certs=choose(*certificates))
    got = await client.send(get(nginx.mtls + "/echo"))
    assert got.status == 200
    assert got.text.split("|")[2] == subject


async def test_a_port_in_the_pattern_counts(nginx, authority, make_client, certificates):
    certs = [pem(certificates[0], f"localhost:{nginx.ports.mtls}")]
    client = make_client(cacert=authority.path, client_certs=certs)
    assert (await client.send(get(nginx.mtls + "/echo"))).status == 200
    assert (await client.send(get(nginx.tls + "/echo"))).text.split("|")[2] == ""


@pytest.mark.parametrize("domain", ["localhos", "ocalhost", "localhost.evil.test", "*.localhost"])
async def test_another_host_s_certificate_is_not(nginx, authority, make_client, certificates, domain):
    client = make_client(cacert=authority.path, client_certs=[pem(certificates[0], domain)])
    assert (await client.send(get(nginx.mtls + "/echo"))).status == 400


@pytest.mark.parametrize(
    ("choose", "words"),
    [
        (lambda plain, locked: pem(locked, passphrase="wrong"), ["locked.key", "localhost"]),
        (lambda plain, locked: pem(locked), ["locked.key", "needs a passphrase"]),
        (lambda plain, locked: pfx(locked, passphrase="wrong"), ["locked.pfx", "passphrase"]),
        (
            lambda plain, locked: {**pem(plain), "keyFilePath": str(locked.cert)},
            ["it holds a certificate"],
        ),
        (lambda plain, locked: {**pem(plain), "certFilePath": "gone.crt"}, ["gone.crt", "no such file"]),
        (lambda plain, locked: {"domain": "localhost", "type": "cert"}, ["names no file of a certificate"]),
    ],
)
async def test_a_certificate_that_cannot_be_used_is_told(
    nginx, authority, make_client, certificates, choose, words, tmp_path
):
    client = make_client(cacert=authority.path, client_certs=[choose(*certificates)], base_dir=tmp_path)
    error = await failure(client, nginx.mtls)
    assert all(word in error.message for word in words), error.message
    assert "sesame" not in error.message
