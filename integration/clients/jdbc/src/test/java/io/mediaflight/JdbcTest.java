package io.mediaflight;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class JdbcTest {
  @Test
  void one() {
    assertEquals(1, 1);
  }
}
