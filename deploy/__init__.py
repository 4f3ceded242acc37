"""The units for systemd and the example of the TOML file, as data of the package: `importlib.resources.files("deploy")` has them."""
