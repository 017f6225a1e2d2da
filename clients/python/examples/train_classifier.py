"""Trains a classifier that tells an image's category from the embedding of its caption, and can be left and resumed anywhere.

    make demo                                                              in another terminal
    python train_classifier.py                                             trains to the end
    python train_classifier.py --checkpoint run.pt --stop-after 50         is interrupted after 50 steps
    python train_classifier.py --checkpoint run.pt                         goes on from there, and ends with the same loss
"""
import argparse
import pathlib

import mediaflight.torch
import torch
from torch.nn import functional

SPLITS = {"splits": "train:0.8,held_out:0.2", "split_by": "image_id"}


class Labels:
    """Adds the number of its category to each row."""

    def __init__(self, names):
        self.numbers = {name: number for number, name in enumerate(names)}

    def __call__(self, batch):
        return batch["text_embedding"], torch.tensor([self.numbers[name] for name in batch["category"]])


def main():
    flags = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    flags.add_argument("--uri", default="grpc://localhost:8815")
    flags.add_argument("--epochs", type=int, default=5)
    flags.add_argument("--checkpoint", type=pathlib.Path)
    flags.add_argument("--stop-after", type=int, help="steps after which to write the checkpoint and leave")
    flags = flags.parse_args()

    with mediaflight.connect(flags.uri) as db:
        names = [row["category"] for row in db.sql("SELECT category FROM images GROUP BY category ORDER BY category")]
    columns, labels = ["text_embedding", "category"], Labels(names)
    data = mediaflight.torch.Dataset(flags.uri, "images", columns, batch_size=64, seed=7, split="train", **SPLITS, transform=labels)

    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(384, 128), torch.nn.ReLU(), torch.nn.Linear(128, len(names)))
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    first, step = 0, 0
    if flags.checkpoint and flags.checkpoint.exists():
        saved = torch.load(flags.checkpoint)
        model.load_state_dict(saved["model"])
        optimizer.load_state_dict(saved["optimizer"])
        data.load_state_dict(saved["data"])
        first, step = saved["data"]["epoch"], saved["step"]
        print(f"goes on in epoch {first} after step {step}")

    for epoch in range(first, flags.epochs):
        for embeddings, numbers in data:
            loss = functional.cross_entropy(model(embeddings), numbers)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            step += 1
            if step == flags.stop_after:
                torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict(), "data": data.state_dict(), "step": step},
                           flags.checkpoint)
                print(f"left in epoch {epoch} after step {step}")
                return
        print(f"epoch {epoch} step {step} loss of the last batch {loss.item():.6f}")

    model.eval()
    held_out = mediaflight.torch.Dataset(flags.uri, "images", columns, batch_size=256, shuffle="none", split="held_out", **SPLITS,
                                         transform=labels)
    total = correct = count = 0
    with torch.no_grad():
        for embeddings, numbers in held_out:
            found = model(embeddings)
            total += functional.cross_entropy(found, numbers, reduction="sum").item()
            correct += (found.argmax(1) == numbers).sum().item()
            count += len(numbers)
    print(f"held out: loss {total / count:.6f} accuracy {100 * correct / count:.1f}%")


if __name__ == "__main__":
    main()
