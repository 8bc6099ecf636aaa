"""packages.py ROOT CACHE FOLDER: lays those packages of NuGet's cache into FOLDER, as a source to restore from, that the services of the checkout ROOT were restored with."""

import json
import os
import shutil
import sys
from pathlib import Path

root, cache, folder = (Path(argument) for argument in sys.argv[1:])
wanted = set()
for project in [*root.glob("services/*/*.csproj"), *root.glob("contracts/*.csproj")]:
    restored = json.loads((root / "artifacts/obj" / project.stem / "project.assets.json").read_text())
    wanted |= {name.lower() for name, library in restored["libraries"].items() if library["type"] == "package"}
    for framework in restored["project"]["frameworks"].values():
        for download in framework.get("downloadDependencies") or []:
            wanted.add(f"{download['name']}/{download['version'].strip('[]').split(',')[0]}".lower())
for name in sorted(wanted):
    package = cache / name
    if not package.is_dir():
        continue  # it came with the SDK
    (folder / name).mkdir(parents=True)
    for file in package.iterdir():
        if file.suffix in (".nupkg", ".nuspec", ".sha512", ".metadata"):
            try:
                os.link(file, folder / name / file.name)
            except OSError:
                shutil.copy(file, folder / name / file.name)
    print(name)
