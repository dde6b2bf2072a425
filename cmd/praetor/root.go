package main

import (
	"fmt"
	"log/slog"
	"os"

	"github.com/spf13/cobra"

	"praetor/internal/api"
	"praetor/internal/app"
	"praetor/internal/config"
)

func rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:           "praetor",
		Short:         "A server for Prefect's API, on Prefect's own database",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.AddCommand(serverCommand(), configCommand(), versionCommand())
	return root
}

func versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print this release and the versions that it equals",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := fmt.Fprintf(cmd.OutOrStdout(), "praetor %s\nPrefect %s (API %s)\n", version, api.PrefectVersion, api.APIVersion)
			return err
		},
	}
}

// load reads the settings, with those of the command line on top, and warns about what is set and means nothing here.
func load(overrides map[string]string) (*config.Settings, *slog.Logger, error) {
	dir, err := os.Getwd()
	if err != nil {
		return nil, nil, err
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return nil, nil, err
	}
	settings, err := config.Load(config.Sources{Environ: os.Environ(), Dir: dir, Home: home, Overrides: overrides})
	if err != nil {
		return nil, nil, err
	}
	log := app.NewLogger(os.Stderr, settings)
	for _, w := range settings.Warnings {
		log.Warn("a setting means nothing here", slog.String("setting", w))
	}
	return settings, log, nil
}
