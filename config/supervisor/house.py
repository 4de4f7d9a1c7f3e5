"""The children of a running house: start them, wait until all answer, watch them."""

import http.client
import sys
import time

from config.supervisor.checks import CannotStart
from config.supervisor.launch import Launch
from examples import EXAMPLES

_THREADS = "8"


def start_children(launch: Launch) -> None:
    """Start web, worker, beat and, with the demo, the example sites."""
    _serve(launch, "web", "config.wsgi:application", port=launch.port, workers=launch.workers)
    celery = [sys.executable, "-m", "celery", "-A", "config.celery"]
    alone = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    launch.start("worker", [*celery, "worker", "--pool", "threads", "--concurrency", "4", "--loglevel", "INFO", *alone])
    launch.start("beat", [*celery, "beat", "--loglevel", "INFO", "--pidfile="])
    for example in EXAMPLES if launch.examples else ():
        port = launch.port + example["port_offset"]
        # They keep their visitors in memory, so each is one process.
        _serve(launch, example["name"], example["module"], port=port, workers=1)


def wait_until_all_answer(launch: Launch, *, patience: float = 120.0) -> None:
    """Return when every web child answers; CannotStart when one dies or stays silent."""
    waiting = {"web": launch.port}
    waiting |= {each["name"]: launch.port + each["port_offset"] for each in EXAMPLES if launch.examples}
    deadline = time.monotonic() + patience
    while waiting := {name: port for name, port in waiting.items() if not _answers(port)}:
        complain_about_the_dead(launch)
        if time.monotonic() > deadline:
            name = next(iter(waiting))
            raise CannotStart(f"{name} does not answer; see {launch.log_of(name)}")
        time.sleep(0.05)


def watch(launch: Launch) -> None:
    """Stay until a signal ends us; CannotStart when a child ends by itself."""
    while True:
        complain_about_the_dead(launch)
        time.sleep(0.25)


def complain_about_the_dead(launch: Launch) -> None:
    """CannotStart, with the end of its log, when a child is gone."""
    for child in [*launch.children, *([launch.valkey] if launch.valkey else [])]:
        if child.has_ended:
            how = f"exit code {child.process.returncode}: {child.last_words(lines=1)}"
            raise CannotStart(f"{child.name} has ended by itself ({how}); see {child.log}")


def _serve(launch: Launch, name: str, application: str, *, port: int, workers: int) -> None:
    granian = [sys.executable, "-m", "granian", "--interface", "wsgi", "--http", "1", "--no-ws", "--host", "127.0.0.1"]
    size = ["--port", str(port), "--workers", str(workers), "--blocking-threads", _THREADS]
    launch.start(name, [*granian, *size, application], PORT=str(port), DEMO_FILE=str(launch.data_dir / "demo.json"))


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/livez", headers={"Host": f"localhost:{port}"})
        return connection.getresponse().status < http.client.INTERNAL_SERVER_ERROR
    except OSError:
        return False
    finally:
        connection.close()
