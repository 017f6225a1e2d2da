package udf

import (
	"crypto/sha256"
	"encoding/binary"
	"math"
	"strconv"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
)

var splitFuncs = []Scalar{
	{
		Name: "split_of", Kind: "text", Args: []string{"value", "splits"},
		Doc: "Which of the splits a value belongs to, such as those for training and for validation: by its hash (SHA-256), in the shares that the weights of the splits have, so that it is always the same one. " +
			"Splits are names with weights: 'train:0.9,val:0.1'. NULL if either argument is NULL.",
		Example: "split_of('tt0111161', 'train:0.9,val:0.1') = 'train'",
		Impls:   []Impl{{In: []Type{text, text}, Out: returns(textType), Eval: splitOfEval}},
	},
}

// Splits are named shares of the space of hashes.
type Splits struct {
	Names []string
	ends  []uint64 // the last hash of each
}

// ParseSplits reads names with weights, such as train:0.9,val:0.1.
func ParseSplits(text string) (*Splits, error) {
	s := &Splits{}
	var weights []float64
	sum := 0.0
	for _, part := range strings.Split(text, ",") {
		name, number, _ := strings.Cut(part, ":")
		name = strings.TrimSpace(name)
		weight, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
		if err != nil || name == "" || !(weight > 0 && weight <= math.MaxFloat32) {
			return nil, &Error{Function: "split_of", State: stateInvalidParameter, Msg: "not splits: " + strconv.Quote(text), Hint: "names with weights above 0: 'train:0.9,val:0.1'"}
		}
		for _, before := range s.Names {
			if before == name {
				return nil, &Error{Function: "split_of", State: stateInvalidParameter, Msg: "split " + strconv.Quote(name) + " comes twice"}
			}
		}
		s.Names, weights = append(s.Names, name), append(weights, weight)
		sum += weight
	}
	upTo := 0.0
	for _, w := range weights {
		upTo += w
		end := uint64(math.MaxUint64)
		if share := math.Ldexp(upTo/sum, 64); share < math.MaxUint64 {
			end = uint64(share) - 1
		}
		s.ends = append(s.ends, end)
	}
	s.ends[len(s.ends)-1] = math.MaxUint64
	return s, nil
}

// At is the split that a hash belongs to, by its place among Names.
func (s *Splits) At(hash uint64) int {
	i := 0
	for hash > s.ends[i] {
		i++
	}
	return i
}

func splitOfEval(call *Call, args []Arg) (arrow.Array, error) {
	value, splits := textOf(args[0]), textOf(args[1])
	var parsed *Splits
	last := ""
	return mapText(call, args, func(dst []byte, i int) ([]byte, error) {
		if text := splits.at(i); parsed == nil || string(text) != last {
			last = string(text)
			var err error
			if parsed, err = ParseSplits(last); err != nil {
				return dst, err
			}
		}
		sum := sha256.Sum256(value.at(i))
		return append(dst, parsed.Names[parsed.At(binary.LittleEndian.Uint64(sum[:]))]...), nil
	})
}
