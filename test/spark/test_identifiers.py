"""The key of a composite entity: the same bytes from the engine and each function of docs/feature-semantics.md."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any, Callable, Dict, List

import pytest

from medallion.identifiers import record_identifier

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "feature-semantics.md").read_text(encoding="utf-8")
VECTORS: List[Dict[str, Any]] = json.loads(
    (ROOT / "test" / "fixtures" / "entity-keys.json").read_text(encoding="utf-8")
)
ALL = "".join(chr(code) for code in range(0x110000) if not 0xD800 <= code <= 0xDFFF)

JAVA = """
import java.util.*;
class Key {{
  public static void main(String[] lines) throws Exception {{
    var hex = HexFormat.of();
    for (String line : lines) {{
      var values = new ArrayList<String>();
      for (String value : line.split(",", -1)) values.add(new String(hex.parseHex(value), "UTF-8"));
      System.out.println(hex.formatHex(entityKey(values.toArray(new String[0])).getBytes("UTF-8")));
    }}
  }}
{function}
}}
"""
GO = """
package main
import ("encoding/hex"; "fmt"; "os"; "strings")
{function}
func main() {{
	for _, line := range os.Args[1:] {{
		values := []string{{}}
		for _, value := range strings.Split(line, ",") {{
			text, _ := hex.DecodeString(value)
			values = append(values, string(text))
		}}
		fmt.Println(hex.EncodeToString([]byte(entityKey(values...))))
	}}
}}
"""
"""Programs around the documented functions: values in hexadecimal in, one line of them for each key out."""


def documented(language: str) -> str:
    """Return the only function that the document gives in a language."""
    (function,) = re.findall(rf"```{language}\n([^`]*entity_?[kK]ey.*?)```", TEXT, re.DOTALL)
    return str(function)


def keys_of_program(*command: str) -> List[str]:
    lines = [",".join(value.encode("utf-8").hex() for value in vector["values"]) for vector in VECTORS]
    return subprocess.run([*command, *lines], capture_output=True, text=True, check=True).stdout.split()


EXPECTED = [vector["utf8"] for vector in VECTORS]


def test_the_engine_writes_the_bytes_of_the_fixture() -> None:
    assert [record_identifier(vector["values"]).encode("utf-8").hex() for vector in VECTORS] == EXPECTED


def test_the_function_in_python_writes_them() -> None:
    scope: Dict[str, Any] = {"json": json}
    exec(documented("python"), scope)
    function: Callable[..., str] = scope["entity_key"]
    assert [function(*vector["values"]).encode("utf-8").hex() for vector in VECTORS] == EXPECTED


@pytest.mark.skipif(shutil.which("java") is None, reason="needs Java 17")
def test_the_function_in_java_writes_them(tmp_path: Path) -> None:
    program = tmp_path / "Key.java"
    program.write_text(JAVA.format(function=documented("java")), encoding="utf-8")
    assert keys_of_program("java", str(program)) == EXPECTED


@pytest.mark.skipif(shutil.which("go") is None, reason="needs Go")
def test_the_function_in_go_writes_them(tmp_path: Path) -> None:
    program = tmp_path / "key.go"
    program.write_text(GO.format(function=documented("go")), encoding="utf-8")
    assert keys_of_program("go", "run", str(program)) == EXPECTED


def test_every_character_is_written_as_json_stringify_writes_it() -> None:
    stringified = "process.stdout.write(JSON.stringify([require('fs').readFileSync(0, 'utf8'), '']))"
    run = subprocess.run(["node", "-e", stringified], input=ALL.encode("utf-8"), capture_output=True, check=True)
    assert hashlib.sha256(run.stdout).digest() == hashlib.sha256(record_identifier([ALL, ""]).encode("utf-8")).digest()


def test_every_character_follows_the_stated_rule() -> None:
    letters = {"\b": "b", "\t": "t", "\n": "n", "\f": "f", "\r": "r", '"': '"', "\\": "\\"}
    written = [
        f"\\{letters[sign]}" if sign in letters else f"\\u00{ord(sign):02x}" if sign < " " else sign for sign in ALL
    ]
    assert record_identifier([ALL, ""]) == f'["{"".join(written)}",""]'
