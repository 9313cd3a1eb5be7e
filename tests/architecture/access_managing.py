"""What everybody gets from the pages on which staff keep the portal's own lists."""

ANSWERS: dict[str, list[tuple[str, str]]] = {
    "工作台：管理": [
        (
            "404 404 404 404 404 404 403 403 403 403 200 200 403 404 302",
            "admin:records_dispute_changelist",
        ),
        (
            "404 404 404 404 404 404 403 403 403 403 404 404 403 404 302",
            "admin:records_dispute_change",
        ),
        (
            "404 404 404 404 404 404 403 403 403 403 403 403 403 404 302",
            "admin:autocomplete admin:appointments_booking_add admin:appointments_rule_add "
            "admin:appointments_service_add admin:records_dispute_add "
            "admin:exchange_codemapping_changelist admin:exchange_codemapping_add "
            "admin:exchange_codemapping_change admin:exchange_held_changelist admin:exchange_held_add "
            "admin:exchange_held_change admin:exchange_pull_add admin:exchange_source_add "
            "admin:exchange_releasepolicy_add admin:records_recognitionrule_add admin:records_qualitymark_add "
            "admin:records_nextstep_add admin:records_scheduleddose_add admin:exchange_criticallimit_add "
            "admin:exchange_source_columns "
            "admin:facilities_department_add admin:facilities_facility_changelist admin:facilities_facility_add "
            "admin:facilities_facility_change admin:facilities_membership_add admin:facilities_practitioner_add "
            "admin:foundation_datedsetting_add admin:health_education_article_changelist "
            "admin:health_education_article_add "
            "admin:health_education_revision_changelist admin:health_education_revision_add "
            "admin:health_education_topic_changelist admin:health_education_topic_add "
            "admin:health_education_failedsearch_changelist admin:health_education_failedsearch_add "
            "admin:health_education_failedsearch_change admin:health_education_synonymgroup_changelist "
            "admin:health_education_synonymgroup_add admin:health_education_synonymgroup_change "
            "admin:health_education_themeday_changelist admin:health_education_themeday_add "
            "admin:health_education_themeday_change "
            "admin:health_education_feedback_changelist admin:health_education_feedback_add "
            "admin:health_education_feedback_change "
            "admin:health_education_medium_changelist admin:health_education_medium_add "
            "admin:health_education_medium_change admin:health_education_medium_files "
            "admin:health_education_topic_change admin:residents_accesscase_add admin:residents_consenttext_add "
            "admin:health_education_revision_worklist admin:health_education_revision_compare "
            "admin:health_education_revision_phones admin:health_education_article_import "
            "admin:health_education_bannedclaim_changelist admin:health_education_bannedclaim_add "
            "admin:health_education_bannedclaim_change admin:health_education_reviewerspeciality_changelist "
            "admin:health_education_reviewerspeciality_add admin:health_education_reviewerspeciality_change "
            "admin:residents_correction_add admin:residents_program_add admin:exchange_fold_add "
            + " ".join(
                f"admin:exchange_{model}_{page}"
                for model in ("unmapped", "unitalias", "replay", "replaydifference")
                for page in ("changelist", "add", "change")
            )
            + " "
            + " ".join(
                f"admin:appointments_{model}_{page}"
                for model in ("guideversion", "guidesymptom")
                for page in ("changelist", "add", "change")
            ),
        ),
        (
            "404 404 404 404 404 404 403 403 403 403 403 403 404 404 302",
            "admin:exchange_pull_change admin:exchange_source_change admin:facilities_membership_change "
            "admin:exchange_source_credentials admin:exchange_source_onboarding "
            "admin:exchange_releasepolicy_change admin:exchange_criticallimit_change "
            "admin:records_recognitionrule_change admin:records_qualitymark_change admin:records_nextstep_change "
            "admin:records_scheduleddose_change "
            "admin:foundation_datedsetting_change admin:residents_accesscase_change "
            "admin:residents_consenttext_change admin:residents_program_change",
        ),
        (
            "404 404 404 404 404 404 403 403 403 403 403 403 200 404 302",
            "admin:exchange_pull_changelist admin:exchange_source_changelist "
            "admin:exchange_releasepolicy_changelist admin:exchange_criticallimit_changelist "
            "admin:records_nextstep_changelist admin:records_recognitionrule_changelist "
            "admin:records_qualitymark_changelist admin:records_scheduleddose_changelist "
            "admin:facilities_membership_changelist admin:foundation_datedsetting_changelist "
            "admin:residents_accesscase_changelist admin:residents_consenttext_changelist "
            "admin:residents_program_changelist",
        ),
        (
            "404 404 404 404 404 404 403 403 200 403 403 403 403 404 302",
            "admin:appointments_rule_changelist admin:appointments_session_add admin:appointments_service_changelist "
            "admin:appointments_preparation_changelist admin:appointments_preparation_add "
            "admin:facilities_department_changelist admin:facilities_practitioner_changelist "
            "admin:residents_correction_changelist admin:exchange_fold_changelist",
        ),
        (
            "404 404 404 404 404 404 403 403 404 403 403 403 403 404 302",
            "admin:appointments_rule_change admin:appointments_service_change admin:appointments_preparation_change "
            "admin:facilities_department_change "
            "admin:facilities_practitioner_change admin:residents_correction_change admin:exchange_fold_change",
        ),
        (
            "404 404 404 404 404 404 404 404 404 404 404 404 404 404 302",
            "admin:health_education_medium_upload admin:health_education_medium_end "
            "admin:health_education_revision_step admin:health_education_revision_change "
            "admin:health_education_article_step admin:health_education_article_change",
        ),
        (
            "404 404 404 404 404 404 200 200 404 200 404 404 404 404 302",
            "admin:app_list",
        ),
        (
            "404 404 404 404 404 404 403 403 404 403 404 404 403 404 302",
            "admin:appointments_booking_change admin:appointments_session_change",
        ),
        (
            "404 404 404 404 404 404 403 403 200 403 200 200 403 404 302",
            "admin:appointments_booking_changelist admin:appointments_session_changelist",
        ),
        (
            "404 404 404 404 404 404 200 200 200 200 200 200 200 404 302",
            "admin:index admin:jsi18n",
        ),
    ],
}
