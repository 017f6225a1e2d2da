package main

import (
	"bytes"
	"os"
	"testing"

	"github.com/mediaflight/mediaflight/udf"
)

func TestThePageOfFunctionsIsCurrent(t *testing.T) {
	committed, err := os.ReadFile("../../docs/functions.md")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(committed, functionsPage(udf.Builtin())) {
		t.Error("docs/functions.md is not what the function table gives: run make docs")
	}
}
