"""A server whose neighbours are away lives on, says which, and does what it can without them."""

from tests.operations.production_house import Browser, ProductionHouse

NOWHERE = "127.0.0.1:9"


def test_without_redis_tokens_go_on_and_nobody_can_try_passwords(production: ProductionHouse):
    server = production.start_web(REDIS_URL=f"redis://{NOWHERE}/0")
    ana = Browser(production)
    assert ana.go("GET", "/livez").status_code == 200
    assert ana.go("GET", "/readyz").json()["failing"] == ["cache"]
    assert ana.go("GET", "/oauth/jwks").status_code == 200
    page = ana.open("/accounts/login/")
    assert page.status == 200
    ana.submit(page.form("login", "password"), login="ana@example.com", password="a password she chose")
    assert ana.page.status >= 500
    failed = [line for line in server.lines() if line.get("exception")]
    assert failed
    assert "a password she chose" not in server.log.read_text()


def test_without_the_database_it_lives_and_says_so(production: ProductionHouse):
    production.start_web(DATABASE_URL=f"postgresql://u:hush@{NOWHERE}/x")
    ana = Browser(production)
    assert ana.go("GET", "/livez").status_code == 200
    told = ana.go("GET", "/readyz")
    assert told.status_code == 503
    assert "database" in told.json()["failing"]
    assert "hush" not in told.text
