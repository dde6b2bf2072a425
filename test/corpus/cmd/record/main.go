// Command record fills a plan with the answers of a running reference and
// writes it as a corpus file. record.py starts the reference and calls it.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"

	"praetor/test/corpus"
)

func main() {
	base := flag.String("base", "", "the API's base URL, for example http://127.0.0.1:4200/api")
	plan := flag.String("plan", "", "the plan to record, or with -postgres the corpus file to complete")
	out := flag.String("out", "", "the directory of the corpus files")
	postgres := flag.Bool("postgres", false, "keep only what differs from the answers that are there")
	flag.Parse()
	if err := run(context.Background(), *base, *plan, *out, *postgres); err != nil {
		fmt.Fprintln(os.Stderr, "record:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, base, plan, out string, postgres bool) error {
	file, err := corpus.Load(plan)
	if err != nil {
		return err
	}
	client := corpus.NewClient(base, file.Headers)
	defer client.Close()
	record := corpus.Record
	if postgres {
		record = corpus.RecordDifferences
	}
	notes, err := record(ctx, client, file)
	if err != nil {
		return err
	}
	for _, note := range notes {
		fmt.Println("note:", note)
	}
	path, err := file.Save(out)
	if err != nil {
		return err
	}
	fmt.Printf("%s: %d scenarios\n", path, len(file.Scenarios))
	return nil
}
