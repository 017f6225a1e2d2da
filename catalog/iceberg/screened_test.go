package iceberg

import (
	"slices"
	"testing"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/udf/screen"
)

// scanned has searches scan a column in full, and waits until what they have coded is.
func (f *fixture) scanned(name catalog.Name, column, times int) {
	f.Helper()
	for range times {
		v := f.screen(name, column)
		v.Scanned()
		v.Close()
		f.c.screens.Wait()
	}
}

func (f *fixture) screen(name catalog.Name, column int) *vectorScreen {
	f.Helper()
	v, err := f.table(name).Current().(*Snapshot).VectorScreen(f.Context(), column)
	f.check(err)
	return v.(*vectorScreen)
}

// coded says which data files have codes.
func (f *fixture) coded(name catalog.Name, column int) []bool {
	f.Helper()
	v := f.screen(name, column)
	defer v.Close()
	coded := make([]bool, len(v.files))
	for i := range v.files {
		coded[i] = v.files[i] != nil
	}
	return coded
}

func (f *fixture) wantCoded(name catalog.Name, column int, want ...bool) {
	f.Helper()
	if got := f.coded(name, column); !slices.Equal(got, want) {
		f.Errorf("files with codes %v, want %v", got, want)
	}
}

const (
	embColumn, altColumn = 1, 2
	screenedRows         = 500
)

// screenFiles opens the tables with memory for the codes of so many files, and appends files to clips.
func (f *fixture) screenFiles(memory, files int) {
	f.Helper()
	f.check(f.c.Close())
	f.c = f.open(Options{ScreenBytes: int64(memory * screen.Bytes(screenedRows, testDim))})
	f.create(clips, catalog.Definition{Schema: clipSchema})
	for i := range files {
		f.appendClips(i*screenedRows, screenedRows)
	}
}

func TestColumnsAreCodedWhenScannedTwice(t *testing.T) {
	f := newFixture(t)
	f.screenFiles(10, 2)
	f.wantCoded(clips, embColumn, false, false)
	f.scanned(clips, embColumn, 1)
	f.wantCoded(clips, embColumn, false, false)
	f.scanned(clips, embColumn, 1)
	f.wantCoded(clips, embColumn, true, true)

	f.scanned(clips, altColumn, 3)
	f.wantCoded(clips, altColumn, false, false) // it has NULLs
	if got, want := f.c.screens.Bytes(), int64(2*screen.Bytes(screenedRows, testDim)); got != want {
		t.Errorf("codes take %d bytes, want %d", got, want)
	}

	v := f.screen(clips, embColumn)
	defer v.Close()
	if covered, uncovered := v.Rows(); covered != 2*screenedRows || uncovered != 0 {
		t.Errorf("%d rows have codes, %d have none", covered, uncovered)
	}
	vectors, base := v.File(1<<ordinalShift | 7)
	if at, err := vectors.At(7); base != 1<<ordinalShift || err != nil || !v.files[1].Vectors.InPlace(at) {
		t.Errorf("base %d, %v", base, err)
	}
	query := clipVector(screenedRows+7, 1)
	kept := screen.NewQuery("l2_distance", false, query).Among(vectors.Codes, 0, screenedRows, 0, nil)
	if !slices.Contains(kept, 7) || len(kept) > 10 {
		t.Errorf("rows %v may be row 7", kept)
	}
}

// TestMemoryForCodesIsShared: a table that is too large keeps what it has of it, until another one is searched instead.
func TestMemoryForCodesIsShared(t *testing.T) {
	f := newFixture(t)
	f.screenFiles(2, 3)
	f.scanned(clips, embColumn, 5)
	f.wantCoded(clips, embColumn, true, true, false)

	stills := catalog.Name{Schema: "main", Table: "stills"}
	f.create(stills, catalog.Definition{Schema: clipSchema})
	rows := f.clipRows(0, screenedRows)
	defer rows.Release()
	a, err := f.table(stills).Append(t.Context())
	f.check(err)
	f.check(a.Write(rows))
	_, err = a.Commit(t.Context())
	f.check(err)

	f.scanned(stills, embColumn, 1)
	inUse := f.screen(clips, embColumn) // since
	f.scanned(stills, embColumn, 1)
	f.wantCoded(stills, embColumn, false)
	inUse.Close()
	f.scanned(stills, embColumn, 1)
	f.wantCoded(stills, embColumn, true)
	f.wantCoded(clips, embColumn, false, true, false)
	if got, want := f.c.screens.Bytes(), int64(2*screen.Bytes(screenedRows, testDim)); got != want {
		t.Errorf("codes take %d bytes, want %d", got, want)
	}

	f.check(f.c.DropTable(t.Context(), stills))
	f.check(f.c.DropTable(t.Context(), clips))
	if got := f.c.screens.Bytes(); got != 0 {
		t.Errorf("codes of no table take %d bytes", got)
	}
}

// TestPoorCodesAreGivenUp, but not under those who use them.
func TestPoorCodesAreGivenUp(t *testing.T) {
	f := newFixture(t)
	f.screenFiles(10, 1)
	f.scanned(clips, embColumn, 2)
	v, w := f.screen(clips, embColumn), f.screen(clips, embColumn)
	v.Poor()
	f.wantCoded(clips, embColumn, true)
	w.Poor()
	f.wantCoded(clips, embColumn, false)
	v.Close()
	if f.c.screens.Bytes() == 0 || v.files[0].Rows() != screenedRows {
		t.Error("codes in use were freed")
	}
	w.Close()
	if got := f.c.screens.Bytes(); got != 0 {
		t.Errorf("codes that were given up take %d bytes", got)
	}
	f.scanned(clips, embColumn, 3)
	f.wantCoded(clips, embColumn, false)
}

func TestNoMemoryForCodes(t *testing.T) {
	f := newFixture(t)
	f.create(clips, catalog.Definition{Schema: clipSchema})
	f.appendClips(0, 10)
	if v, err := f.table(clips).Current().(*Snapshot).VectorScreen(t.Context(), embColumn); v != nil || err != nil {
		t.Errorf("got %v, %v", v, err)
	}
}
