package main

import (
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"praetor/internal/config"
)

func configCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "config", Short: "Look at the settings"}
	cmd.AddCommand(&cobra.Command{
		Use:   "view",
		Short: "Print each setting, its value (secrets hidden) and where it comes from",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			settings, _, err := load(nil)
			if err != nil {
				return err
			}
			out := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
			for _, row := range config.View(settings) {
				if _, err := fmt.Fprintf(out, "%s\t%s\t(%s)\n", row.Name, row.Value, row.Source); err != nil {
					return err
				}
			}
			return out.Flush()
		},
	})
	return cmd
}
