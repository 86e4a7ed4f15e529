"""A run's tables as pandas.DataFrames."""

import json
from pathlib import Path

#: Tables of every cell.
TABLES = ("curves", "saliency", "probabilities", "scores", "training")

#: Columns that are names, however much they look like numbers.
NAMES = {"volume": str, "loss": str, "map": str, "group": str}


def read(run):
    """The tables of the run folder ``run`` by name: ``curves``, ``saliency``, ``probabilities``, ``scores``, ``training``, those
    of all finished cells laid end to end, with the columns ``loss`` (the arm) and ``seed``; ``transfer``, curves of networks under
    the maps of others, with ``loss`` and ``seed`` of the network that is attacked and ``map_seed`` of those that drew the maps
    (column ``map``); and ``volumes``.
    """
    import pandas

    run = Path(run)
    if (run / "UNREAD").exists():
        raise PermissionError(f"{run / 'UNREAD'}: the results of this run are kept unread; remove this file to see them")
    records = sorted(run.glob("cells/*/cell.json"))
    if not records:
        raise FileNotFoundError(f"{run}: should be a run folder with a finished cell, as `lossbench run` makes")
    found = {name: [] for name in (*TABLES, "transfer")}
    arms = {}
    for path in records:
        record = json.loads(path.read_text())
        arms[path.parent.name.removesuffix(f"-s{record['seed']}")] = record["loss"]
        for name in TABLES:
            file = existing(path.parent / f"{name}.csv")
            if file is None:
                continue
            table = pandas.read_csv(file, dtype=NAMES)
            for place, column in enumerate(("loss", "seed")):
                if column not in table:
                    table.insert(place, column, record[column])
            found[name].append(table)
    for path in sorted(run.glob("transfer/*/transfer.json")):
        record = json.loads(path.read_text())
        for slug, loss in arms.items():
            file = existing(path.parent / f"{slug}.csv")
            if file is not None:
                table = pandas.read_csv(file, dtype=NAMES)
                seeds = {"loss": loss, "seed": record["seed"], "map_seed": record.get("maps", record)["seed"]}
                for place, (column, value) in enumerate(seeds.items()):
                    if column not in table:
                        table.insert(place, column, value)
                found["transfer"].append(table)
    tables = {name: pandas.concat(parts, ignore_index=True) for name, parts in found.items() if parts}
    volumes = existing(run / "volumes.csv")
    if volumes is not None:
        tables["volumes"] = pandas.read_csv(volumes, dtype=NAMES)
    return tables


def existing(path):
    """The file, or where it is missing its gzipped twin; None where neither is there."""
    return next((file for file in (path, Path(f"{path}.gz")) if file.is_file()), None)
