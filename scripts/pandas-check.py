#!/usr/bin/env python3
"""Does pandas read both files of an experiment's table alike, each as it is?

    scripts/pandas-check.py results.csv results.parquet

Compares the names, types, missing cells and values of all columns. Exit code 1 if they differ. Needs pandas and pyarrow.
"""

import sys

import pandas


def kind(column):
    """The type of a column; signed and unsigned integers are one, and an empty column of a CSV file has none."""
    if column.isna().all():
        return "empty"
    if pandas.api.types.is_integer_dtype(column):
        return "integer"
    return "number" if pandas.api.types.is_float_dtype(column) else "text"


def in_csv(value):
    """A value as CSV has it: text that a spreadsheet would take for a formula has an apostrophe before it."""
    if not isinstance(value, str) or not value.startswith(("=", "+", "-", "@", "\t", "\r")):
        return value
    try:
        float(value)
        return value
    except ValueError:
        return "'" + value


def differences(csv, parquet):
    """What differs, a line each."""
    if list(csv.columns) != list(parquet.columns):
        yield f"columns: {list(csv.columns)} in CSV, {list(parquet.columns)} in Parquet"
        return
    if len(csv) != len(parquet):
        yield f"rows: {len(csv)} in CSV, {len(parquet)} in Parquet"
        return
    for name in csv.columns:
        ours, theirs = csv[name], parquet[name]
        if kind(ours) != kind(theirs):
            yield f"{name}: {ours.dtype} in CSV, {theirs.dtype} in Parquet"
        elif list(ours.isna()) != list(theirs.isna()):
            yield f"{name}: other cells are missing in CSV than in Parquet"
        elif list(ours.dropna()) != [in_csv(value) for value in theirs.dropna()]:
            yield f"{name}: {list(ours)} in CSV, {list(theirs)} in Parquet"


def main():
    csv_path, parquet_path = sys.argv[1:]
    # The usual reader of numbers may miss their last bit.
    csv = pandas.read_csv(csv_path, float_precision="round_trip")
    parquet = pandas.read_parquet(parquet_path)
    found = list(differences(csv, parquet))
    kinds = [kind(parquet[name]) for name in parquet.columns]
    print("\n".join(found) or f"{len(parquet)} rows alike; " + ", ".join(f"{kinds.count(k)} {k}" for k in sorted(set(kinds))))
    sys.exit(1 if found else 0)


main()
