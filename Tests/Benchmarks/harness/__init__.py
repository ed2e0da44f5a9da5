# SPDX-License-Identifier: Apache-2.0
"""Measures gateways beside each other."""
