/* SPDX-License-Identifier: LGPL-2.1-only */
/* What becomes of the policy that was kept as the last one in force. */
#include "test.h"

#include "codec/conf.h"
#include "engine/policy_file.h"

/* How reading what is kept ends. */
static int kept_rc;

/* A slip, and what was in force before it. */
static int serve_slip(void *user, const char *path, char **buf_r,
                      size_t *len_r)
{
    const char *text = "mode = enforce\n";

    (void)user;
    if (!strcmp(path, XLMEM_POLICY_FILE))
        text = "mode = enfroce\n";
    else if (strcmp(path, XLMEM_LAST_POLICY_FILE) != 0)
        return XLMEM_ERROR_NOTFOUND;
    else if (kept_rc)
        return kept_rc;
    *buf_r = strdup(text);
    *len_r = strlen(text);
    return 0;
}

/* What is there and cannot be read just now may be better than what is in
 * force without it. */
static void what_cannot_be_read_now_is_not_written_over(void **state)
{
    static const struct {
        int rc;
        xlmem_mode mode;
        bool written;
    } rows[] = {
        {0, XLMEM_MODE_ENFORCE, true}, /* it does not give every key */
        {XLMEM_ERROR_NOTFOUND, XLMEM_MODE_WARN, true},
        {XLMEM_ERROR_PERM, XLMEM_MODE_WARN, true},
        {XLMEM_ERROR_LOOP, XLMEM_MODE_WARN, true},
        {XLMEM_ERROR_IO, XLMEM_MODE_WARN, false},
        {XLMEM_ERROR_NOMEM, XLMEM_MODE_WARN, false},
    };
    const xlmem__policy_files files = {.read = serve_slip};
    char last[XLMEM__POLICY_TEXT_MAX];
    xlmem_policy policy;
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(rows); i++) {
        kept_rc = rows[i].rc;
        assert_int_equal(
            xlmem__policy_of(&files, &policy, NULL, last, sizeof(last)), 0);
        assert_int_equal(policy.mode, rows[i].mode);
        assert_int_equal(*last != '\0', rows[i].written);
    }
}

TEST_GROUP(last_policy)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_cannot_be_read_now_is_not_written_over),
    };

    return test_run(tests, NULL, NULL);
}
