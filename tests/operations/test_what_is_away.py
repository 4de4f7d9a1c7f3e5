"""A server whose neighbours are away lives on, says which, and does what it can without them."""

from tests.operations.production_house import Browser, ProductionHouse

NOWHERE = "127.0.0.1:9"


def test_without_redis_people_sign_in_and_tries_are_counted(production: ProductionHouse):
    server = production.start_web(REDIS_URL=f"redis://{NOWHERE}/0")
    ana = Browser(production)
    assert ana.go("GET", "/livez").status_code == 200
    ready = ana.go("GET", "/readyz")
    assert (ready.status_code, ready.json()["failing"]) == (200, ["cache"])
    assert ana.go("GET", "/oauth/jwks").status_code == 200
    said = []
    for _ in range(12):
        page = ana.open("/accounts/login/")
        assert page.status == 200
        ana.submit(page.form("login", "password"), login="ana@example.com", password="a password she tried")
        said.append((ana.page.status, ana.page.text))
    assert all(status < 500 for status, _ in said)
    assert said[0][1] != said[-1][1], "after so many wrong passwords she is told to wait"
    assert "a password she tried" not in server.log.read_text()


def test_without_the_database_it_lives_and_says_so(production: ProductionHouse):
    production.start_web(DATABASE_URL=f"postgresql://u:hush@{NOWHERE}/x")
    ana = Browser(production)
    assert ana.go("GET", "/livez").status_code == 200
    told = ana.go("GET", "/readyz")
    assert told.status_code == 503
    assert "database" in told.json()["failing"]
    assert "hush" not in told.text
