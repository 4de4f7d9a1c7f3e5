"""The children of a running house: start them, wait until all answer, watch them."""

import http.client
import time

from config.serving import WebServer, beat_command, counting_in, examples_command, worker_command
from config.supervisor.checks import CannotStart
from config.supervisor.launch import Launch
from examples import PROGRAMS


def start_children(launch: Launch) -> None:
    """Start web, worker, beat and, with the demo, one process for all channel apps: they keep visitors in memory."""
    counting = counting_in(launch.data_dir / "metrics" / "web")
    launch.start("web", WebServer(port=launch.port, workers=launch.workers).command(), **counting)
    launch.start("worker", worker_command())
    launch.start("beat", beat_command())
    if launch.examples:
        launch.start("examples", examples_command(launch.port), DEMO_FILE=str(launch.data_dir / "demo.json"))


def wait_until_all_answer(launch: Launch, *, patience: float = 120.0) -> None:
    """Return when every web child answers; CannotStart when one dies or stays silent."""
    waiting = {"web": launch.port}
    waiting |= {each["name"]: launch.port + each["port_offset"] for each in PROGRAMS if launch.examples}
    deadline = time.monotonic() + patience
    while waiting := {name: port for name, port in waiting.items() if not _answers(port)}:
        complain_about_the_dead(launch)
        if time.monotonic() > deadline:
            name = next(iter(waiting))
            log = launch.log_of("web" if name == "web" else "examples")
            raise CannotStart(f"{name} does not answer; see {log}")
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


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/livez", headers={"Host": f"localhost:{port}"})
        return connection.getresponse().status < http.client.INTERNAL_SERVER_ERROR
    except (OSError, http.client.HTTPException):  # a port of those the system gives out may answer to itself
        return False
    finally:
        connection.close()
