package ann

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/udf"
	"github.com/mediaflight/mediaflight/udf/simd"
)

// BenchmarkExact searches 100,000 vectors of 384 elements, which no cache holds, for the ten nearest of a query, in
// batches of 8192 rows; "read" is a loop over the same memory that only loads.
//
