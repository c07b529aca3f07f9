#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The Mortise developers
# SPDX-License-Identifier: LGPL-2.1-or-later
# Writes the pages that are made from something else: update-docs.sh PYTHON DOCS MATRIX-ARGUMENT...
set -euo pipefail
python=$1
docs=$2
shift 2
"$python" -B "$docs/make-errors.py" --write
"$python" -B "$docs/make-operations.py" --write
"$python" "$@" --write
