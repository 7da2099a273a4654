"""What people do: append-only usage events, their daily rollup and the catalogue of features."""
