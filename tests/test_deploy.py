"""What deploy/ and its guides name is there: commands, variables, ports, folders; nothing may do more than it needs."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from configparser import RawConfigParser
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from bot.cli import app
from bot.settings import Settings
from bot.worker import GRACE

ROOT = Path(__file__).parent.parent
DEPLOY = ROOT / "deploy"
GUIDES = [ROOT / "docs" / "deploy.vi.md", ROOT / "docs" / "deploy.md"]
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
PORT = Settings.model_fields["health_port"].default


def _files() -> list[Path]:
    return [p for p in DEPLOY.rglob("*") if p.is_file()] + GUIDES


def _unit(path: Path) -> RawConfigParser:
    parser = RawConfigParser(strict=False, delimiters=("=",))
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read(path, encoding="utf-8")
    return parser


def _compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    return loaded


def _own_services() -> dict[str, dict[str, Any]]:
    return {name: s for name, s in _compose()["services"].items() if s["image"] == "trichdan"}


def _manifests() -> list[dict[str, Any]]:
    text = "\n---\n".join(p.read_text(encoding="utf-8") for p in sorted((DEPLOY / "kubernetes").glob("*.yaml")))
    return [m for m in yaml.safe_load_all(text) if m]


def _pods() -> Iterator[tuple[str, dict[str, Any]]]:
    for m in _manifests():
        if "template" in m["spec"]:
            yield m["metadata"]["name"], m["spec"]["template"]["spec"]


def _docker() -> list[tuple[str, str]]:
    """(instruction, the rest) of the Dockerfile's last stage."""
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    text = re.sub(r"\\\n\s*", "", re.sub(r"^#.*\n", "", text, flags=re.MULTILINE))
    steps = [line.split(None, 1) for line in text.splitlines() if line.strip()]
    last = max(n for n, s in enumerate(steps) if s[0] == "FROM")
    return [(s[0], s[1]) for s in steps[last:]]


def _calls() -> Iterator[tuple[str, list[str]]]:
    """Every call of `trichdan` in deploy/ and its guides: where, and the arguments."""
    yield "Dockerfile", yaml.safe_load(dict(_docker())["CMD"])
    for name, service in _own_services().items():
        yield f"compose.yaml, {name}", service["command"]
    for name, pod in _pods():
        for c in pod["containers"] + pod.get("initContainers", []):
            if c["image"] == "trichdan":
                yield f"kubernetes, {name}", c["args"]
    for path in UNITS:
        service = _unit(path)["Service"]
        for step in [s for s in ("ExecStartPre", "ExecStart") if s in service]:
            program, *args = shlex.split(service[step])
            assert program == "/opt/trichdan/bin/trichdan"
            yield path.name, args
    for path in GUIDES:
        for line in _code(path):
            # What it is started by (sudo, docker compose run) comes before.
            if found := re.search(rf"(?:^|[/ ])trichdan ((?:{'|'.join(_commands())})\b.*)", line):
                yield path.name, shlex.split(re.split(r" [|>&]", found[1])[0])


def _commands() -> list[str]:
    return list(typer.main.get_command(app).commands)  # type: ignore[attr-defined]


def _code(path: Path) -> list[str]:
    blocks = re.findall(r"(?:^    .*\n)+", path.read_text(encoding="utf-8"), re.MULTILINE)
    return [line.strip() for block in blocks for line in block.splitlines()]


def test_every_variable_is_a_setting() -> None:
    known = {f"TRICHDAN_{name.upper()}" for name in Settings.model_fields}
    named = {(p.name, v) for p in _files() for v in re.findall(r"TRICHDAN_[A-Z_]+", p.read_text(encoding="utf-8"))}
    assert len(named) > 5
    assert {(file, v) for file, v in named if v not in known} == set()


@pytest.mark.parametrize(("where", "args"), [pytest.param(w, a, id=f"{w}: {' '.join(a)}") for w, a in _calls()])
def test_every_call_is_one_the_command_line_takes(where: str, args: list[str]) -> None:
    group = typer.main.get_command(app)
    with group.make_context("trichdan", list(args)) as context:
        name, command, rest = group.resolve_command(context, list(args))  # type: ignore[attr-defined]
        # Reads the options as a call would, and raises where it would refuse them.
        with command.make_context(name, rest, parent=context):
            pass


def test_ports_are_those_of_the_settings() -> None:
    docker = dict(_docker())
    assert docker["EXPOSE"] == str(PORT)
    assert f":{PORT}/healthz" in docker["HEALTHCHECK"]
    for _, pod in _pods():
        for c in pod["containers"]:
            ports = {p["name"]: p["containerPort"] for p in c.get("ports", [])}
            if c["image"] == "trichdan":
                assert ports["health"] == PORT
                assert {"name": "TRICHDAN_HEALTH_LISTEN", "value": "0.0.0.0"} in c["env"]


def test_health_is_asked_where_it_is_told() -> None:
    told = {r"/healthz", r"/metrics"}
    for _, pod in _pods():
        for c in pod["containers"]:
            for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
                if c["image"] == "trichdan":
                    assert c[probe]["httpGet"]["path"] in told
                    assert c[probe]["httpGet"]["port"] == "health"


def test_the_image_runs_as_nobody_in_particular_and_keeps_its_data_in_one_folder() -> None:
    docker = dict(_docker())
    assert docker["USER"] == "10001"
    assert docker["VOLUME"] == "/data"
    assert "TRICHDAN_HOME=/data" in " ".join(rest for step, rest in _docker() if step == "ENV")


def test_every_container_of_ours_writes_to_its_data_and_scratch_alone() -> None:
    services = _own_services()
    assert services
    for s in services.values():
        assert s["read_only"] is True
        assert s["cap_drop"] == ["ALL"]
        assert s["security_opt"] == ["no-new-privileges:true"]
        assert [v.split(":")[1] for v in s["volumes"]] == ["/data"]
        assert [t.split(":")[0] for t in s["tmpfs"]] == ["/tmp"]
        assert "privileged" not in s
    pods = [p for _, p in _pods() if any(c["image"] == "trichdan" for c in p["containers"])]
    assert pods
    for pod in pods:
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["automountServiceAccountToken"] is False
        for c in pod["containers"] + pod.get("initContainers", []):
            assert c["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }
            assert {m["mountPath"] for m in c["volumeMounts"]} == {"/data", "/tmp"}


def test_what_is_being_answered_may_be_finished_before_the_end() -> None:
    for s in _own_services().values():
        assert int(s.get("stop_grace_period", "0s").removesuffix("s")) > GRACE or s.get("restart") == "no"
    for _, pod in _pods():
        if any(c["image"] == "trichdan" for c in pod["containers"]) and pod.get("restartPolicy") != "OnFailure":
            assert pod["terminationGracePeriodSeconds"] > GRACE
    for path in UNITS:
        service = _unit(path)["Service"]
        assert service["Type"] == "oneshot" or int(service["TimeoutStopSec"]) > GRACE


def test_volumes_and_files_that_are_named_exist() -> None:
    compose = _compose()
    assert (DEPLOY / compose["services"]["bot"]["build"]["context"] / "deploy/Dockerfile").resolve().is_file()
    for s in compose["services"].values():
        assert {v.split(":")[0] for v in s.get("volumes", [])} <= set(compose["volumes"])
    # An operator copies it from the example.
    assert {s["env_file"] for s in _own_services().values()} == {".env"}
    assert "deploy/.env" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    for file in GUIDES:
        for name in re.findall(r"deploy/[\w./@-]+", file.read_text(encoding="utf-8")):
            assert (ROOT / name).exists() or name == "deploy/.env", name


def test_what_the_image_is_built_from_exists_and_is_all_of_the_program() -> None:
    wanted = re.findall(r"^!([\w.]+)", (ROOT / ".dockerignore").read_text(encoding="utf-8"), re.MULTILINE)
    assert {"bot", "corpus", "embeddings", "retrieval", "pyproject.toml"} <= set(wanted)
    assert [w for w in wanted if not (ROOT / w).exists() and w != "wheels"] == []


@pytest.mark.parametrize("path", UNITS, ids=lambda p: p.name)
def test_a_unit_is_one_that_systemd_takes(path: Path, tmp_path: Path) -> None:
    service = _unit(path)["Service"]
    assert (service["Type"], service["WatchdogSec"]) == ("notify", "120")
    assert service["User"] == "trichdan"
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd-analyze is not here")
    # The program of a unit must be there: it stands for the one in /opt.
    copy = tmp_path / path.name
    text = path.read_text(encoding="utf-8").replace("/opt/trichdan/bin/trichdan", "/bin/true")
    copy.write_text(text, encoding="utf-8")
    said = subprocess.run([analyze, "verify", "--man=no", str(copy)], capture_output=True, text=True)
    assert [line for line in said.stderr.splitlines() if path.name in line] == []
    command = [analyze, "security", "--offline=yes", "--no-pager", "--threshold=20", str(copy)]
    told = subprocess.run(command, capture_output=True, text=True)
    assert told.returncode == 0, told.stdout + told.stderr


def test_the_program_does_without_what_the_image_leaves_out(own_home: Path, tmp_path: Path) -> None:
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    left_out = re.search(r'^ARG LEFT_OUT="(.+)"$', text, re.MULTILINE)
    assert left_out
    for package in left_out[1].split():
        (tmp_path / f"{package.replace('-', '_')}.py").write_text(f"raise ImportError('no {package}')\n")
    environment = {**os.environ, "PYTHONPATH": f"{tmp_path}:{ROOT}", "TRICHDAN_HOME": str(own_home)}

    def run(*args: str, **more: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "bot.cli", *args]
        return subprocess.run(command, env=environment | more, cwd=tmp_path, capture_output=True, text=True)

    asked = run("ask", "07-KL/TW mục 3.4", "--json")
    assert (asked.returncode, json.loads(asked.stdout)["status"]) == (0, "answered"), asked.stderr
    # A model of one's own is what needs it, and says so.
    (tmp_path / "model").mkdir()
    refused = run("ask", "07-KL/TW mục 3.4", TRICHDAN_MODEL=str(tmp_path / "model"))
    assert refused.returncode == 1
    assert "sentence-transformers" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_units_may_do_the_same() -> None:
    """Beside what they run and where they keep it, there is no difference."""
    own = {"ExecStart", "ExecStartPre", "Environment", "StateDirectory", "CacheDirectory", "WorkingDirectory"}
    first, *others = ({k: v for k, v in _unit(path)["Service"].items() if k not in own} for path in UNITS)
    assert others
    assert [o for o in others if o != first] == []


def test_both_guides_say_the_same_commands() -> None:
    vietnamese, english = (_code(p) for p in GUIDES)
    assert len(english) > 10
    assert vietnamese == english
