package main

import (
	"encoding/json"
	"fmt"
	"os"

	"vedette/internal/app"
	"vedette/internal/settings"
)

// settingsCommand prints the settings of the live side.
type settingsCommand struct {
	File string `arg:"" optional:"" help:"Print these, with what the environment overrides, instead of the defaults." type:"path"`
}

// Help is what kong prints below the usage.
func (settingsCommand) Help() string {
	return "Every key with its default, unit and meaning, as a file to begin with:\n" +
		"  vedette settings > vedette.toml\n" +
		"A variable of the environment overrides a key: VEDETTE_WEB_LISTEN sets listen of [web]."
}

func (cmd *settingsCommand) Run(c *console) error {
	s, err := app.ReadSettings(cmd.File, os.Environ())
	if err != nil {
		return err
	}
	if c.json {
		enc := json.NewEncoder(c.out)
		enc.SetIndent("", "  ")
		return enc.Encode(settings.Tree(s))
	}
	if _, err := fmt.Fprintln(c.out, "# Settings of Vedette's live side: give this file to vedette serve --settings.\n# A key that is left out has the default that stands here."); err != nil {
		return err
	}
	return settings.Reference(c.out, s)
}
